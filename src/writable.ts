/** As it is while it is being made. */
export type Writable<T> = { -readonly [Member in keyof T]: T[Member] };
