/** The part of `oidc-provider` that the tests use; it brings no types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  interface Kept {
    readonly clientId: string;
    readonly accountId?: string;
    destroy(): Promise<void>;
  }

  export class Provider {
    constructor(issuer: string, configuration: object);
    readonly AccessToken: { find(token: string): Promise<Kept | undefined> };
    readonly ClientCredentials: { find(token: string): Promise<Kept | undefined> };
    readonly RefreshToken: { find(token: string): Promise<Kept | undefined> };
    callback(): RequestListener;
  }
}
