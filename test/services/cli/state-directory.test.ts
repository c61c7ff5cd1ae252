import test from 'ava'
import { stateDirectory } from '../../../services/cli/state-directory.ts'

const ann = () => '/home/ann'

test('the flag goes before the environment, and XDG_STATE_HOME before HOME', (t) => {
  t.is(stateDirectory('/there', { XDG_STATE_HOME: '/state', HOME: '/home/bo' }, ann), '/there')
  t.is(stateDirectory(undefined, { XDG_STATE_HOME: '/state', HOME: '/home/bo' }, ann), '/state/millrace')
  t.is(stateDirectory(undefined, { HOME: '/home/bo' }, ann), '/home/bo/.local/state/millrace')
})

test('a relative or empty directory in the environment is passed over for the home on record', (t) => {
  t.is(stateDirectory(undefined, { XDG_STATE_HOME: 'state', HOME: '' }, ann), '/home/ann/.local/state/millrace')
  t.is(stateDirectory(undefined, {}, ann), '/home/ann/.local/state/millrace')
})

test('a user without any home is told to name the directory', (t) => {
  const nobody = () => {
    throw new Error('no such user')
  }
  for (const homeOnRecord of [nobody, () => ''])
    t.throws(() => stateDirectory(undefined, {}, homeOnRecord), {
      name: 'UserError',
      message: 'this user has no home directory to remember builds in; set XDG_STATE_HOME or give --state-dir',
    })
})
