// Runs `strowger` from what has been built, without looking whether it must be built anew: in tests the build has run
// before, and a process that is about to be killed should have no children.
import { run } from '../../dist/src/cli/main.js';

process.exitCode = await run(process.argv.slice(2));
