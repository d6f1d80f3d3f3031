// What we use of jstat, which brings no types of its own.

declare module 'jstat' {
  const jstat: {
    readonly studentt: {
      /** The value that a share p of the distribution does not exceed. */
      inv(p: number, degreesOfFreedom: number): number;
    };
    readonly chisquare: {
      /** The value that a share p of the distribution does not exceed. */
      inv(p: number, degreesOfFreedom: number): number;
    };
  };
  export default jstat;
}
