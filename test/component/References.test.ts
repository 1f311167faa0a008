import theirs from 'pip-services3-commons-nodex'
import { describe, expect, test } from 'vitest'
import { CompositeLogger, Context, Descriptor, References, traceIdOf } from '../../src/component/index.js'

function descriptor(text: string): Descriptor {
  const parsed = Descriptor.fromString(text)
  if (parsed === null) throw new Error('no descriptor')
  return parsed
}

describe('Descriptor', () => {
  test('matches field by field, null and * with anything', () => {
    expect(descriptor('a:b:c:d:1').match(descriptor('a:*:c:*:1'))).toBe(true)
    expect(descriptor('a:b:c:*:1').equals(descriptor('a:b:c:d:1'))).toBe(true)
    expect(descriptor('a:b:c:d:1').match(descriptor('A:b:c:d:1'))).toBe(false)
    expect(descriptor('a:b:c:*:1').exactMatch(descriptor('a:b:c:*:1'))).toBe(true)
    expect(descriptor('a:b:c:*:1').exactMatch(descriptor('a:b:c:d:1'))).toBe(false)
    expect(descriptor('a:b:c:*:1').isComplete()).toBe(false)
    expect(descriptor('a:b:c:d:1').isComplete()).toBe(true)
    expect(descriptor('a:b:c:d:1').equals(null)).toBe(false)
    expect(descriptor('a:b:c:d:1').equals('a:b:c:d:1')).toBe(false)
  })

  test('reads and writes text', () => {
    expect(new Descriptor(null, '*', 'c', '', '1').toString()).toBe('*:*:c:*:1')
    expect(Descriptor.fromString('')).toBeNull()
    expect(Descriptor.fromString(null)).toBeNull()
    for (const bad of ['a:b', 'a:b:c:d:e:f']) {
      expect(() => Descriptor.fromString(bad)).toThrow(expect.objectContaining({ code: 'BAD_DESCRIPTOR' }))
    }
  })

  test('keeps the name that Pip.Services knows descriptors by', () => {
    expect(Descriptor.name).toBe('Descriptor')
    expect(new theirs.Descriptor('a', 'b', 'c', 'd', '1').equals(descriptor('a:b:*:*:*'))).toBe(true)
  })
})

describe('References', () => {
  test('finds the latest first', () => {
    const references = References.fromTuples(
      descriptor('a:b:c:d:1'),
      'X',
      descriptor('a:b:c:e:1'),
      'Y',
      'k',
      'Z',
    )
    expect(references.getAll()).toStrictEqual(['X', 'Y', 'Z'])
    expect(references.getAllLocators()).toHaveLength(3)
    expect(references.getOptional(descriptor('a:b:*:*:*'))).toStrictEqual(['Y', 'X'])
    expect(references.getOneRequired(descriptor('a:*:*:*:*'))).toBe('Y')
    expect(references.getOneOptional('k')).toBe('Z')
    expect(references.getOneOptional('Z')).toBe('Z')
    expect(references.getOneOptional('q')).toBeNull()
    expect(references.getOptional(null)).toStrictEqual([])
    expect(references.remove(descriptor('a:b:*:*:*'))).toBe('Y')
    expect(references.remove(null)).toBeNull()
    expect(references.removeAll(descriptor('a:b:*:*:*'))).toStrictEqual(['X'])
    expect(references.getAll()).toStrictEqual(['Z'])
  })

  test('says what is missing', () => {
    expect(() => new References().getRequired('a')).toThrow(expect.objectContaining({ code: 'REF_ERROR' }))
    expect(() => new References().getOneRequired('a')).toThrow(expect.objectContaining({ code: 'REF_ERROR' }))
    expect(() => new References().put('a', null)).toThrow(TypeError)
    expect(() => new References().find(null, false)).toThrow(TypeError)
  })

  test('D44: a missing reference is an instance of its class', async () => {
    const { ReferenceException } = await import('../../src/component/index.js')
    expect(() => new References().getRequired('a')).toThrow(ReferenceException)
  })

  test('ours find by the descriptors of Pip.Services, registered or asked for', () => {
    const references = References.fromTuples(new theirs.Descriptor('a', 'b', 'c', 'd', '1'), 'X')
    expect(references.getOneOptional(descriptor('a:*:*:*:1'))).toBe('X')
    references.put(descriptor('e:b:c:d:1'), 'Y')
    expect(references.getOptional(new theirs.Descriptor('*', 'b', '*', '*', '*'))).toStrictEqual(['Y', 'X'])
  })

  test('the References of Pip.Services find by our descriptors', () => {
    const logger = { log: () => {} }
    const references = theirs.References.fromTuples(
      new theirs.Descriptor('a', 'logger', 'c', 'd', '1'),
      logger,
    )
    expect(references.getOptional(new Descriptor('*', 'logger', '*', '*', '*'))).toStrictEqual([logger])
    expect(new CompositeLogger(references).listens(6)).toBe(true)
  })
})

describe('Context', () => {
  test('reads its values, and null for the rest', () => {
    const user = { name: 'x' }
    const context = Context.fromTuples('trace_id', '123', 'user', user)
    expect(context.get('user')).toBe(user)
    expect(context.get('x')).toBeNull()
    expect(context.get('get')).toBeNull()
    expect(new Context({ get: 1 }).get('get')).toBe(1)
    expect(new Context().get('x')).toBeNull()
  })

  test('D45: a trace id is read from a string, a context or nothing', () => {
    expect(traceIdOf(Context.fromTraceId('123'))).toBe('123')
    expect(traceIdOf(Context.fromValue({ traceId: 5 }))).toBe('5')
    expect(traceIdOf('123')).toBe('123')
    for (const nothing of [null, undefined, 5, {}, new Context()]) expect(traceIdOf(nothing)).toBeNull()
  })
})
