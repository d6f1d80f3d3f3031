// Conformance in words: the cases as a specification, and how they ended as a table.

import type { Chapter } from './case.ts';
import type { CaseResult, ConformanceReport } from './run.ts';

export function specificationText<World>(chapters: readonly Chapter<World>[]): string {
  const lines: string[] = [];
  for (const { title, cases } of chapters) {
    lines.push(title, '');
    for (const { name, rule, steps } of cases) {
      lines.push(`  ${name}: ${rule}`);
      steps.forEach(({ text }, at) => {
        lines.push(`    ${at + 1}. ${text}`);
      });
      lines.push('');
    }
  }
  return lines.join('\n');
}

/** The table without the words of each step. */
export function specificationOf<World>(chapters: readonly Chapter<World>[]): unknown {
  return chapters.map(({ title, cases }) => ({
    title,
    cases: cases.map(({ name, rule, steps }) => ({ name, rule, steps: steps.map(({ text }) => text) })),
  }));
}

export function resultText({ name, rule, outcome, step, stepText, expected, came, why }: CaseResult): string {
  const head = `${outcome.padEnd(7)}  ${name}: ${rule}`;
  if (outcome === 'skipped') return `${head}\n         not played: ${why}`;
  if (outcome === 'passed') return head;
  return [
    head,
    `         step ${step}: ${stepText}`,
    `         expected: ${expected}`,
    `         came:     ${came}`,
  ].join('\n');
}

export function summaryText({ passed, failed, skipped, stopped }: ConformanceReport): string {
  return `${passed} passed, ${failed} failed, ${skipped} not played${stopped ? ', stopped before the end' : ''}`;
}
