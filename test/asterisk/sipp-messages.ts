// Parts of SIPp's scenarios: messages with what SIPp fills in, in brackets.

export const offer = `v=0
o=u 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
`;

export function scenario(...parts: string[]): string {
  const text = parts.join('\n');
  // What is remembered and not used would be an error.
  const unused = text.includes('[$1]')
    ? text
    : text.replace(
        '<action><ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="1"/>',
        '<action><ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="1"/><log message="[$1]"/>',
      );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="journey">\n${unused}\n</scenario>\n`;
}

export function sends(text: string): string {
  return `<send retrans="500"><![CDATA[\n${text}]]></send>`;
}

export function pause(ms: number): string {
  return `<pause milliseconds="${ms}"/>`;
}

export function request(
  method: string,
  cseq: number,
  from: string,
  headers: readonly string[] = [],
  body = '',
): string {
  const isFirst = method === 'INVITE';
  const type = isFirst ? 'Content-Type: application/sdp\n' : '';
  const text = `${method} ${isFirst ? 'sip:[service]@[remote_ip]:[remote_port]' : '[next_url]'} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
${isFirst ? '' : '[routes]\n'}From: <sip:${from}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>${isFirst ? '' : '[peer_tag_param]'}
Call-ID: [call_id]
CSeq: ${cseq} ${method}
Max-Forwards: 70
${headers.map((header) => `${header}\n`).join('')}${type}Content-Length: [len]

${body}`;
  return method === 'ACK' ? sends(text).replace(' retrans="500"', '') : sends(text);
}

export function reply(status: string, headers: string, body = ''): string {
  return sends(`SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]a[call_number]
[last_Call-ID:]
[last_CSeq:]
${headers}Content-Length: [len]

${body}`).replace(' retrans="500"', status.startsWith('200') && body !== '' ? ' retrans="500"' : '');
}

export function ok(): string {
  return `<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>`;
}

export const ackOfRefusal = `<send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>`;
