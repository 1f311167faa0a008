// biome-ignore-all lint/suspicious/noExplicitAny: these values can be anything, as in Pip.Services

/** An object that can copy itself. The persistences copy items on their own and never call it. */
export interface ICloneable {
  clone(): any
}
