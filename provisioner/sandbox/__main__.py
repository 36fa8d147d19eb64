"""``python -m provisioner.sandbox serve CLOUD``: what ``up`` starts, once per cloud. Holds no logic."""

from provisioner.sandbox.child import main

raise SystemExit(main())
