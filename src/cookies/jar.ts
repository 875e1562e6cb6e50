/** What of a cookie is looked at. */
export interface JarCookie {
  readonly key: string;
  readonly secure: boolean;
  cookieString(): string;
}

/** How much of a site's own a request is, for `SameSite`. */
export type SiteContext = 'strict' | 'lax' | 'none';

/** The part of a `CookieJar` of `tough-cookie` that is used, so that a jar of any copy of it will do. */
export interface Jar {
  getCookies(
    url: string,
    options: {
      readonly sameSiteContext: SiteContext;
      readonly allPaths?: boolean;
      readonly sort?: boolean;
    },
  ): Promise<readonly JarCookie[]>;
  setCookie(
    line: string,
    url: string,
    options: { readonly sameSiteContext: SiteContext; readonly ignoreError: boolean },
  ): Promise<unknown>;
}
