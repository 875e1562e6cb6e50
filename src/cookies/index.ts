export { COOKIES, cookieJar } from './cookie-jar.js';
export type { Jar as CookieJarLike, JarCookie, SiteContext } from './jar.js';
