// The timers of callbacks: called by a number times four, plus what it is of.

import type { CommandEncoder } from '../../engine/command-encoder.ts';

export const MODULE = 12;
/** Of a callback: it is looked at. */
const LOOK = 0;
/** Of a contact that is to be offered a callback. */
const OFFER = 1;
/** Of all: the oldest that is over is forgotten. */
const FORGET = 2;
const KINDS = 4;

export type CallbackTimer =
  | { readonly what: 'look' | 'offer'; readonly number: number }
  | { readonly what: 'forget'; readonly number?: undefined };

export function setLookTimer(core: CommandEncoder, callbackNumber: number, at: number): void {
  core.timerSet(MODULE, callbackNumber * KINDS + LOOK, at);
}

export function setOfferTimer(core: CommandEncoder, contactNumber: number, at: number): void {
  core.timerSet(MODULE, contactNumber * KINDS + OFFER, at);
}

export function setForgetTimer(core: CommandEncoder, at: number): void {
  core.timerSet(MODULE, FORGET, at);
}

export function timerOf(key: number): CallbackTimer {
  if (key === FORGET) return { what: 'forget' };
  return { what: key % KINDS === OFFER ? 'offer' : 'look', number: Math.floor(key / KINDS) };
}
