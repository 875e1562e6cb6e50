import { map } from 'rxjs';
import type { ProtocolEvent, ResumableProtocol } from './resumable-protocol.js';
import { mayHaveArrived, unknownOutcome } from './upload-doubts.js';

/**
 * A protocol whose one request makes an upload of parts: it is complete by that, and where it lives only the answer
 * says. So it is not sent again when it may have been carried out: nobody can be asked.
 */
export function joinedOnce(protocol: ResumableProtocol): ResumableProtocol {
  return {
    name: protocol.name,
    create: (...given) => protocol.create(...given).pipe(map(onceOnly)),
    append: (...given) => protocol.append(...given),
    ask: (...given) => protocol.ask(...given),
    abandon: (...given) => protocol.abandon(...given),
  };
}

function onceOnly(event: ProtocolEvent): ProtocolEvent {
  if (event.type !== 'stopped' || event.verdict !== 'lost') return event;
  const { error } = event;
  const isRefused = error.kind === 'status' && error.status === 503;
  return isRefused || !mayHaveArrived(error)
    ? event
    : { ...event, verdict: 'failed', error: unknownOutcome(error) };
}
