import { render } from 'preact';

render(<p />, document.body);
