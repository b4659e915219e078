/** The build bundles style sheets into `dist/webview.css`. */
declare module '*.css';
