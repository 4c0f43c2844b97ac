// SPDX-License-Identifier: MIT
import { Client } from "./index";

/** What the program's metrics are sent by; null before its first metric. */
export const client: Client | null;
/** The daemon's page; a comment that says what to do if there is none, or if no catalog declares what this program sends. */
export function page(isOpenMetrics?: boolean): Promise<string>;
