import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/layout.css';
import './styles/devices.css';
import './styles/channels.css';
import './styles/overview.css';
import { App } from './views/app.js';

const place = document.getElementById('console');
if (place !== null) render(<App />, place);
