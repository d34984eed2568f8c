import { describeLink } from '../testing/link-suite.testing.js';

describeLink('proxy');
