import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Policy, SCHEDULER, type TaskRequest, policy } from 'coldwire';
import { Observable, concatMap, from } from 'rxjs';
import { bytesOf } from './bytes-of.js';

/** Whose requests they are, and where they go. */
export interface SigningOptions {
  readonly service: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** Whether the path is escaped once more in what is signed. Default `true`; Amazon S3 wants `false`. */
  readonly escapesPath?: boolean;
  /** Whether `x-amz-content-sha256` goes along, as Amazon S3 wants. Default `false`. */
  readonly sendsChecksum?: boolean;
}

/**
 * Signs each attempt of a request with AWS Signature Version 4: a policy of one's own over `@smithy/signature-v4`.
 *
 * It stands right of `retryTransient`, so that a request that is sent again is signed again, with the time of then. The
 * time is that of the client's clock. A body that is a stream is refused, since it must be read to be signed.
 */
export function signRequests(options: SigningOptions): Policy {
  const { service, region, credentials, escapesPath = true, sendsChecksum = false } = options;
  const signer = new SignatureV4({
    service,
    region,
    credentials,
    sha256: Sha256,
    uriEscapePath: escapesPath,
    applyChecksum: sendsChecksum,
  });
  return policy({
    name: 'signRequests',
    intercept: (request, next) =>
      new Observable((subscriber) =>
        from(signed(request, signer)).pipe(concatMap(next)).subscribe(subscriber),
      ),
  });
}

async function signed(request: TaskRequest, signer: SignatureV4): Promise<TaskRequest> {
  const url = new URL(request.url);
  const query = queryOf(url.searchParams);
  const body = await bytesOf(request.body);
  const type = request.body?.contentType;
  const typed =
    type === undefined || request.headers.has('content-type')
      ? request.headers
      : request.headers.set('content-type', type);
  const { headers } = await signer.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query,
      headers: { ...Object.fromEntries(typed), host: url.host },
      ...(body === undefined ? {} : { body }),
    },
    { signingDate: new Date(request.context.get(SCHEDULER).now()) },
  );
  // The host is the platform's to write.
  const { host: _host, ...written } = headers;
  url.search = searchOf(query);
  return request.clone({ url: url.href, headers: request.headers.merge(written) });
}

/** The query in the one way of escaping that is signed (RFC 3986): a form's `+` would be another character there. */
function searchOf(query: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(query)
    .flatMap(([name, values]) => values.map((value) => `${escaped(name)}=${escaped(value)}`))
    .join('&');
}

function queryOf(params: URLSearchParams): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const name of params.keys()) query[name] ??= params.getAll(name);
  return query;
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
