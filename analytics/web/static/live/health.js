// How a device is, in words: each fact with its name.

const WORDS = { online: "online", offline: "offline", stale: "silent for too long" };

export function ago(seconds) {
  if (seconds === null) return "at a time not known";
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 129600 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86400)} days ago`;
}

export function facts(device) {
  const some = (value, words) => (value === null || value === "" ? "-" : words(value));
  const megabytes = (value) => some(value, (number) => `${Math.round(number).toLocaleString("en")} MB`);
  return {
    State: `${WORDS[device.state]}, last heard ${ago(device.said_s)}`,
    Session: some(device.session, (name) => name),
    Viewers: some(device.viewers, String),
    Camera: some(device.camera, (words) => words),
    "Looks a second": some(device.looks_per_s, String),
    Outbox: some(device.waiting, (many) => `${many} batches, ${megabytes(device.waiting_bytes / 1e6)}`),
    Lost: some(device.dropped, (many) => `${many} dropped, ${device.refused} refused, ${device.damaged} damaged`),
    "Disk free": megabytes(device.disk_free_mb),
    Memory: megabytes(device.memory_mb),
    Temperature: some(device.temperature_c, (degrees) => `${degrees} °C`),
    Clock: device.clock_s === null ? "-" : device.clock_s === 0 ? "right" : `${device.clock_s} s off ours`,
    Version: some(device.version, (text) => text),
    Trouble: some([device.trouble, device.slow].filter(Boolean).join("; "), (words) => words),
  };
}

export function healthFacts(device) {
  return Object.entries(facts(device)).flatMap(([name, value]) => {
    const [term, words] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    words.textContent = value;
    return [term, words];
  });
}
