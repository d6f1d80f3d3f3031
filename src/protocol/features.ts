// What is not a method, an event or a parameter and still worth asking for before it is used. session.open lists the
// names in `capabilities.features`.

export const features = {
  batch: 'A frame or body may be an array of requests.',
  batchFrames: 'session.open with `batchFrames` gives several messages in one frame, as an array.',
  requestId: 'Requests with a `requestId` may be sent again without harm.',
  resume: 'session.open with `sessionEpoch` and `lastSeq` gives what was missed.',
} as const;
