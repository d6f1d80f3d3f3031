// A reference switch and the router's side of it in one process, over real sockets.

import type { StrowgerClient } from '../../src/client/client.ts';
import { ScriptedRouter } from '../../src/conformance/switch/scripted-router.ts';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import { connectSwitch } from '../../src/simulation/switch/connect-switch.ts';
import { type AwayDefault, ReferenceSwitch, type SwitchEvent } from '../../src/simulation/switch/reference-switch.ts';
import { conductNames, conducts, ScriptedTelephones, usualNumbers } from '../../src/simulation/switch/telephones.ts';
import { createWsTransport } from '../../src/transport/ws-transport.ts';

export const wishes = { channel: 'voice', queueId: 'sales', from: '+12025550199' } as const;
/** Comes back ten times as fast as others would. */
export const impatient = { ...systemRandomness, fraction: () => systemRandomness.fraction() / 10 };

export function numberedTelephones(clock: SystemClock): ScriptedTelephones {
  return new ScriptedTelephones(
    clock,
    Object.fromEntries(conductNames.map((name) => [usualNumbers[name], conducts[name]])),
  );
}

export function scriptedRouter(): Promise<ScriptedRouter> {
  return ScriptedRouter.start({
    host: '127.0.0.1',
    port: 0,
    tenant: 'acme',
    switchId: 'pbx',
    secret: Buffer.alloc(32, 'switch secret '),
    clock: new SystemClock(),
    randomness: systemRandomness,
    transport: createWsTransport,
  });
}

type Requests = ReferenceSwitch['requests'];
type Params = Readonly<Record<string, unknown>>;

/** What a faulty switch answers, and what it sends instead. */
export interface Tampering {
  readonly answers?: (requests: Requests) => Partial<Requests>;
  readonly sends?: (method: string, params: Params, send: (params: Params) => Promise<unknown>) => Promise<unknown>;
}

export class SwitchUnderTest {
  readonly clock = new SystemClock();
  readonly router: ScriptedRouter;
  readonly telephones = numberedTelephones(this.clock);
  readonly events: SwitchEvent[] = [];
  readonly switch: ReferenceSwitch;
  client!: StrowgerClient;

  private constructor(router: ScriptedRouter, whileAway: AwayDefault, { answers, sends }: Tampering) {
    this.router = router;
    this.switch = new ReferenceSwitch({
      clock: this.clock,
      telephones: this.telephones,
      whileAway,
      idPrefix: `t${systemRandomness.uuid().slice(0, 8)}`,
      listener: (event) => this.events.push(event),
    });
    if (answers !== undefined) Object.assign(this.switch.requests, answers({ ...this.switch.requests }));
    if (sends === undefined) return;
    const opened = this.switch.opened.bind(this.switch);
    this.switch.opened = (link) =>
      opened({
        request: (method, params, options) => sends(method, params, (sent) => link.request(method, sent, options)),
      });
  }

  static async start(whileAway: AwayDefault = 'wait', tampering: Tampering = {}): Promise<SwitchUnderTest> {
    const under = new SwitchUnderTest(await scriptedRouter(), whileAway, tampering);
    await under.connect();
    return under;
  }

  async connect(): Promise<void> {
    const token = await this.router.token(this.clock.now(), 3_600_000);
    this.client = await connectSwitch(this.switch, {
      url: this.router.url,
      token,
      randomness: impatient,
      clock: this.clock,
    });
  }

  async close(isFaulty = false): Promise<void> {
    this.client.close();
    await this.router.close();
    if (isFaulty) return;
    const failures = this.events.filter(({ what }) => what === 'failed');
    if (failures.length > 0) throw new Error(`the switch complained: ${JSON.stringify(failures)}`);
  }
}
