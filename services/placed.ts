/** `lost-blobs`: not all of a result is there. `unmovable`: it names the place where it was made, and this is another one. */
export type Placed = 'placed' | 'lost-blobs' | 'unmovable'
