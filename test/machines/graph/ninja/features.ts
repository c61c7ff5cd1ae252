/** Manifests, each of one or more files, that use what generators seldom write: a name and the files by path. */
export const featureManifests: readonly (readonly [name: string, files: Readonly<Record<string, string>>])[] = [
  [
    'a manifest with every kind of input and output',
    {
      'build.ninja':
        'rule cc\n  command = cc $in -o $out\nbuild a b | c d: cc e f | g || h i |@ v\nbuild v: cc w\nbuild x | y: cc z |@ v\n',
    },
  ],
  [
    'a manifest with every escape',
    {
      'build.ninja': `rule cc\n  command = $$HOME a$:b $\n      c$ d \${x}$x-$x.y \${x.y}|:# tail \nx = X\nx.y = dotted\nbuild a$ b$:c$$d: cc e$ f $\n    g$\nh\n`,
    },
  ],
  [
    'a manifest with carriage returns',
    { 'build.ninja': 'rule cc\r\n  command = cc $in $\r\n     -o $out\r\n\r\n# x\r\nbuild a: cc $\r\n  b\r\n' },
  ],
  [
    'a manifest that sets a variable again after its use',
    {
      'build.ninja':
        'v = 1\nrule cc\n  command = cc $v $w $in\nbuild a-$v: cc b\n  w = $v\nv = 2\nbuild a-$v: cc b\n  w = $v\nv = 3\n',
    },
  ],
  [
    'a manifest whose edges and rules share names of variables',
    {
      'build.ninja':
        'flags = file\nrule cc\n  command = cc $flags $in $description $depfile\n  description = D $out $flags\n  depfile = $out.d\nbuild a: cc x\n  flags = $flags edge\nbuild b: cc x\nbuild c: cc x\n  description = mine\n  command2 = $in\nbuild d: cc x\n  command = own $in\n  flags = none\n',
    },
  ],
  [
    'a manifest whose file variables hide the variables of rules',
    {
      'build.ninja':
        'rule cc\n  command = cc $in $description $rspfile\n  description = d\ncommand = hidden\nrspfile = r\nbuild a: cc x\nbuild b: cc x\n  y = 1\n',
    },
  ],
  [
    'a manifest that quotes paths for the shell',
    {
      'build.ninja':
        "rule cc\n  command = cc $in > $out\nbuild it's: cc a$ b c@d e(f) g+h_i-j.k/l \\win\\path é $$x\nrule nl\n  command = cat $in_newline\nbuild n: nl a$ b c d\n",
    },
  ],
  [
    'a manifest with paths to be made canonical',
    {
      'build.ninja':
        'rule cc\n  command = cc $in > $out\nbuild ./a//b/../c: cc ../x/./y ../../z /abs/../q /../r a/.. ./.hidden ..dots d/\nbuild e/f/../../g: cc a/c\n',
    },
  ],
  [
    'a manifest whose paths use bindings of their edge',
    {
      'build.ninja': `d = file\nrule cc\n  command = cc $in > $out $d\nbuild $d/a: cc $d/b | \${d}/c || $d/o |@ $d/v\n  d = edge\nbuild $d/a: cc x\n`,
    },
  ],
  [
    'a manifest with included files',
    {
      'build.ninja':
        'v = main\nrule cc\n  command = main $v $in\ninclude inc.ninja\nbuild a: cc x\nsub = sub/$v.ninja\nsubninja $sub\nbuild b: cc x\nbuild c: inc x\n',
      'inc.ninja': 'v = included\nrule inc\n  command = inc $v $in\n',
      'sub/included.ninja':
        'build s1: cc x\nv = sub\nw = $v\nbuild s2: cc x\nrule cc\n  command = sub $v $in\nbuild s3: cc x\nrule phony\n  command = real $in\nbuild s4: phony x\n',
    },
  ],
  [
    'a manifest with phony edges that name themselves',
    {
      'build.ninja':
        'build a: phony b a c\nbuild d: phony e || d\nbuild f: phony f g || h\nbuild p: phony a d\n  pool = console\n',
    },
  ],
  [
    'a manifest with keywords as names',
    {
      'build.ninja':
        'rule build\n  command = $default $in\nbuild rule: build pool | include || subninja\n  default = x\nbuild.x = 1\nbuildy = 2\npool default\n  depth = 1\n',
    },
  ],
  [
    'a manifest with comments and blanks everywhere',
    {
      'build.ninja':
        '\n   \n  # x\n#y\nrule   cc  \n  # inside\n    command   =   x  $in  \n# flush\n  depfile =\nbuild   a   b  :   cc   c   |   d   ||   e   \n\nz=1\n',
    },
  ],
  [
    'a manifest with pools',
    {
      'build.ninja':
        'n = 3\npool p\n  depth = $n\npool q\n  depth = 0\npool w\n  depth = many\nrule cc\n  command = x $in\n  pool = $which\nbuild a: cc x\n  which = p\nbuild b: cc x\n  pool = q\nbuild c: cc x\n',
    },
  ],
  [
    'a manifest with dyndep files',
    {
      'build.ninja':
        'rule cc\n  command = x $in\n  dyndep = $out.dd\nbuild a: cc b || ./a.dd\nbuild c: cc d\n  dyndep = e/../f\nbuild c2: cc d f\n  dyndep = f\n'.replace(
          'build c: cc d\n',
          'build c: cc d | f\n',
        ),
    },
  ],
  ['a manifest with a NUL in it', { 'build.ninja': 'build a: phony b\n\0 this is & not read\n' }],
  [
    'a manifest that repeats an input',
    { 'build.ninja': 'rule cc\n  command = x $in $in $out $out\nbuild a: cc b b c | b || b\n' },
  ],
]
