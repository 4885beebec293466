import type { Fact } from './facts.ts';

export type Platform = 'apple' | 'android';
export type Ownership = 'personal' | 'organisation';
export type DeviceState = 'pending' | 'enrolled' | 'checked-out';

/** A device with its facts, as the decision reads it. */
export interface Device {
  readonly id: string;
  readonly personId: string;
  readonly platform: Platform;
  readonly ownership: Ownership;
  readonly state: DeviceState;
  readonly name: string;
  readonly lastSeenAtMs: number | undefined;
  readonly facts: readonly Fact[];
}

/** An app that a phone reported. */
export interface ReportedApp {
  readonly appId: string;
  readonly name: string;
  readonly version: string;
  readonly managed?: boolean;
}

/** What is known of a device when it is first met. */
export interface NewDevice {
  readonly personId: string;
  readonly platform: Platform;
  readonly ownership: Ownership;
  readonly name: string;
  /** The platform's own id; a device in service with this id is updated, not doubled. */
  readonly nativeId?: string;
  readonly model?: string;
  readonly osVersion?: string;
}
