/** `npm run ok`: the fast gate. */
import { GATES, runStep } from './steps.ts';

for (const [name, command] of [...GATES, ['unit tests', ['vitest', 'run']] as const]) {
  const { code } = await runStep(name, command);
  if (code !== 0) {
    console.error(`Mend "${name}" first: it ended with ${code}`);
    process.exit(1);
  }
}
console.log('ok');
