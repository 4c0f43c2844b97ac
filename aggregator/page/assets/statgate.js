// The page works without this.
'use strict';
