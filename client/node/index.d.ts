// SPDX-License-Identifier: MIT
/** Labels: an object, or pairs. A value of any type is written as a text. */
export type Labels = Record<string, string | number | boolean> | ReadonlyArray<readonly [string, string | number | boolean]>;

export interface Options {
  /** The daemon's stream input; by default $STATGATE_STREAM, else stream.sock beside the socket. */
  stream?: string;
  /** The daemon's socket, which the breaker page is beside; by default $STATGATE_SOCKET, else /run/statgate/statgate.sock. */
  socket?: string;
  /** The service that this program is; by default $STATGATE_SERVICE. */
  service?: string;
}

/** A client. Calls return whether the sample was sent or waits, and false if it is lost; none throws or waits. */
export class Client {
  constructor(options?: Options);
  /** Add n, not negative, to a counter. */
  count(name: string, n?: number, labels?: Labels): boolean;
  /** Add delta, of either sign, to an up-down counter. */
  add(name: string, delta: number, labels?: Labels): boolean;
  /** Set a gauge. */
  set(name: string, value: number, labels?: Labels): boolean;
  /** Observe a value, in the family's own unit, for a histogram or a summary. */
  observe(name: string, value: number, labels?: Labels): boolean;
  /** Set the labels by which an info describes this process. */
  info(name: string, labels?: Labels): boolean;
  /** Select a state of a stateset. */
  state(name: string, state: string, labels?: Record<string, string | number | boolean>): boolean;
  /** Report the outcome of an attempt whose breaker was not asked. */
  attempt(name: string, outcome: string, labels?: Labels): boolean;
  /** Report that a breaker of the program's own is in this state. */
  circuit(name: string, state: "open" | "half_open" | "closed", labels?: Labels): boolean;
  /** Report an event of the job with this id. */
  job(name: string, event: "queued" | "started" | "succeeded" | "failed" | "canceled", instance: string, labels?: Labels): boolean;
  /** Put the label `service` on each line from now on. False if the daemon would not take it for a name. */
  service(name?: string): boolean;
  counter(name: string, labels?: Labels): Metric;
  updown(name: string, labels?: Labels): Metric;
  gauge(name: string, labels?: Labels): Metric;
  histogram(name: string, labels?: Labels): Metric;
  attempts(name: string, labels?: Labels): Metric;
  jobs(name: string, labels?: Labels): Metric;
  /** Ask the circuit breaker: null if it denies the attempt. */
  begin(name: string, labels?: Labels): Attempt | null;
  /** Send what waits, for so many milliseconds. Resolves to whether nothing is left. */
  flush(timeout?: number): Promise<boolean>;
  /** Send once more, and end. Later calls do nothing. */
  close(timeout?: number): Promise<void>;
  /** Samples that will never be delivered. */
  readonly lost: number;
  /** Samples delivered as part of another one's number. */
  readonly merged: number;
  /** Label values in which bytes were replaced. */
  readonly replaced: number;
  /** Why the newest lost sample was lost; if none was, why none can be sent now; else null. */
  readonly error: string | null;
}

/** A prepared metric: name and labels are checked once, and what it is given is sent four times a second. */
export class Metric {
  add(n?: number): boolean;
  set(value: number): boolean;
  observe(value: number): boolean;
  /** The outcome of an attempt, or an event of the job with this id. */
  report(word: string, instance?: string): boolean;
}

/** An attempt that the breaker allows. */
export class Attempt {
  /** It ended with this outcome; the seconds it took are measured unless they are given. */
  report(outcome: string, seconds?: number): boolean;
  /** It was not made, or its outcome means nothing. */
  drop(): void;
}
