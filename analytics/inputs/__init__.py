"""Files given beside sessions: scenes, groups, dials, editors' events, time codes."""
