import test from 'ava'
import { digestBytes, digestOf } from '../../events/digest.ts'

// From FIPS 180-4's examples.
const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

test('a digest is the SHA-256 and the size in bytes', (t) => {
  t.is(digestOf('abc'), `${abc}/3`)
  t.is(digestOf(Buffer.from('abc')), `${abc}/3`)
  t.is(digestBytes(digestOf('abc')), 3)
})

test('a text is measured and hashed as UTF-8', (t) => {
  t.is(digestOf('é'), digestOf(Buffer.from([0xc3, 0xa9])))
  t.is(digestBytes(digestOf('é')), 2)
})
