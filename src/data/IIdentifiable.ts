/** An item with an id, unique among the items of its store. */
export interface IIdentifiable<K> {
  id: K
}
