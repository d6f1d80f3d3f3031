// What a command does when whoever reads its output goes away, as `head` does when it has enough.
//
// Node tells the next write with an error that nobody waits for. A router that was started by something that has ended since serves on,
// and what it would have said goes nowhere; anything else ends at once, with the code that a shell knows of such an end.

const readerGone = 141;

/** `servesOn`: the output is not what the command is for. */
export function whenReaderGoes(servesOn: boolean): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (!servesOn) process.exit(readerGone);
    });
  }
}
