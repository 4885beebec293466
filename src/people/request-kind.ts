import type { Actor, Role } from '../audit/index.ts';
import type { Json } from '../base/index.ts';
import type { Db } from '../storage/index.ts';
import type { PersonState } from './api.ts';
import type { AgreedAs, TwoPeopleRequest } from './judge-request.ts';

/**
 * Requests: what one person may not do to another alone.
 *
 * Somebody asks (`makeRequest`), a second person agrees, and the kind's `run` does it, in the transaction of the agreement or, where it
 * gives a secret, when its maker fetches that. Where nobody else could agree, its maker acts alone after a delay. The person concerned is
 * told at once, may stop it until it is done, and may agree herself where the kind lets her. Who may what, `judge-request.ts` says.
 *
 * A room that needs two people for something exports its kind as `xxxRequest(services): RequestKind` and makes requests of it from its own
 * route; `server` hands all kinds to `peopleRoutes`, whose routes and screens do the rest: words come from `title`.
 */
export interface RequestKind {
  /** Stable, e.g. `people.recovery`. */
  readonly name: string;
  /** The roles that may ask for it and agree to it, by the role of the person concerned. */
  readonly roles: (personRole: Role) => readonly Role[];
  /** In which states of the person concerned it may be asked for: of somebody who has left, `suspended`. */
  readonly personStates: readonly PersonState[];
  /**
   * Whether the person concerned may agree in place of a second person: by her phone or by any session of hers, or by one in which she
   * confirms with a passkey (`by-passkey`), which who lost hers cannot.
   */
  readonly personMayAgree: 'never' | 'by-session' | 'by-passkey';
  /** `by-maker` where `run` gives a secret, which nobody else is shown; all else `at-once`, when somebody agrees. */
  readonly carriedOut: 'at-once' | 'by-maker';
  /**
   * Does it, in the transaction that ends the request; what it throws undoes both. The room writes its own audit entry, with
   * `agreedAs` in the detail, and tells the person what was done.
   * @returns what its maker is shown once, of a kind that is carried out `by-maker`
   */
  readonly run: (tx: Db, agreed: AgreedRequest) => Promise<RequestResult | undefined>;
  /**
   * Takes back what was done, for as long as it can be, when one of its people ends the request after all; left out where nothing can.
   * @returns false when it is too late, such as for a link that was used
   */
  readonly undo?: { readonly withinMs: number; readonly run: (tx: Db, request: TwoPeopleRequest) => Promise<boolean> };
}

/** A request that may be carried out now. */
export interface AgreedRequest {
  readonly request: TwoPeopleRequest;
  /** Who agreed, at once; else its maker. */
  readonly actor: Actor;
  readonly agreedAs: AgreedAs | 'alone';
}

/** What a maker is shown once. */
export interface RequestResult {
  readonly [key: string]: Json;
}

/** What is asked for. */
export interface WantedRequest {
  /** Whom it concerns; never its maker. */
  readonly personId: string;
  /** What it is about, for pages to lead there. */
  readonly about: TwoPeopleRequest['about'];
  /** What is asked for, as the end of "Ada asks for …", such as `a link for a new passkey`. */
  readonly title: string;
  /** Why, in the maker's words. */
  readonly reason: string;
  /** What `run` needs to know beyond that. */
  readonly detail?: { readonly [key: string]: Json };
  /** Who may not agree beside maker and person concerned, such as who would gain by it. */
  readonly barred?: readonly string[];
}
