// The public names, in Node. Importing this runs nothing and opens no device.
import './standalone.ts';

export * from './api.ts';
