import fc from 'fast-check'

/** A length that a property names is one it reaches: fast-check stays at ten elements otherwise, whatever `maxLength` says. */
fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true })
