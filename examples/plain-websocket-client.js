// A contact from arrival to end with nothing but a WebSocket: what a switch or a desktop in any language does.
//
//   node examples/plain-websocket-client.js ws://127.0.0.1:7700/v1/rpc SWITCH_TOKEN AGENT_TOKEN [QUEUE]
//
// Two connections, one message of JSON-RPC 2.0 a frame. The switch brings a contact; the agent, who is logged in and
// ready, is offered it, accepts, and ends it. It needs Node 22, or Node 20 with the `ws` package of this project.

const [url, switchToken, agentToken, queueId = 'sales'] = process.argv.slice(2);
if (agentToken === undefined) {
  console.error('usage: node examples/plain-websocket-client.js URL SWITCH_TOKEN AGENT_TOKEN [QUEUE]');
  process.exit(2);
}
const WebSocket = globalThis.WebSocket ?? (await import('ws')).WebSocket;

/** One session: requests by `call`, notifications by `next`. */
async function openSession(token) {
  const socket = new WebSocket(url);
  const waiting = new Map();
  const heard = [];
  let wake = () => {};
  let lastId = 0;

  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.method !== undefined && message.id !== undefined) {
      // The router asks something: session.ping wants any answer.
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: {} }));
    } else if (message.method !== undefined) {
      heard.push(message);
      wake();
    } else {
      const { resolve, reject } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error === undefined) resolve(message.result);
      else reject(new Error(`${message.error.code} ${message.error.message} ${JSON.stringify(message.error.data)}`));
    }
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`no connection to ${url}`));
  });
  socket.onclose = ({ code, reason }) => {
    if (code !== 1000) fail(new Error(`closed: ${code} ${reason}`));
  };

  function call(method, params) {
    const id = ++lastId;
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  }

  /** The next notification of this name, also one that has come already; others are passed over. */
  async function next(name) {
    for (;;) {
      const message = heard.shift();
      if (message?.method === name) return message.params;
      if (message === undefined)
        await new Promise((resolve) => {
          wake = resolve;
        });
    }
  }

  // The first request of every connection. Its answer has all that is this session's.
  const session = await call('session.open', { token });
  return { session, call, next, close: () => socket.close(1000) };
}

function fail(error) {
  console.error(error.message);
  process.exit(1);
}

try {
  const agent = await openSession(agentToken);
  const phone = await openSession(switchToken);
  console.log(`agent ${agent.session.sub} and switch ${phone.session.sub} of tenant ${agent.session.tenant}`);

  await agent.call('agent.login', {});
  await agent.call('agent.ready', {});

  // The id is of our making: if the connection broke now, the same request could be sent again without harm.
  const contactId = `call-${Date.now()}`;
  const contact = await phone.call('contact.create', { contactId, channel: 'voice', queueId, from: '+4533120000' });
  console.log(`${contactId} is ${contact.state}`);

  const offer = await agent.next('offer.created');
  console.log(`${offer.contactId} rings at ${offer.lineId} after ${offer.contact.waitedMs} ms`);
  await agent.call('offer.accept', { offerId: offer.offerId });

  const connected = await phone.next('contact.connected');
  console.log(`${connected.contactId} is connected to ${connected.agentId}`);

  await phone.call('contact.end', { contactId });
  const ended = await phone.next('contact.ended');
  console.log(`${ended.contactId} is over: ${ended.why}, ${ended.servedMs} ms in service`);

  await agent.call('agent.logout', { when: 'idle' });
  agent.close();
  phone.close();
} catch (error) {
  fail(error);
}
