/** Style sheets are collected into `dist/webview.css` by the build. */
declare module '*.css';
