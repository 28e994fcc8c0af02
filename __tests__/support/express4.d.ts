// Express 4 under a name of its own; what the tests use of it has the types of version 5.
declare module 'express4' {
  import express = require('express');
  export = express;
}
