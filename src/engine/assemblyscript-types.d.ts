// assembly/layout.ts is compiled by asc and imported here as it is; this makes its types known to both compilers.
export {};

declare global {
  type i32 = number;
  type i64 = number;
}
