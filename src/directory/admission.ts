/**
 * Admission to the directory, which has only so many places: who comes in, and who goes for it. Pure:
 * no socket, no time.
 *
 * No address takes more than its share. Who has a name keeps the place, and may be silent for ever. Who has none is
 * there on sufferance: a newcomer for whom there is no room gets the place of the one that has been silent longest.
 */
import { AddressCounts, addressOwner } from '../bytes/address-counts.ts';

export const admissionLimits = {
  /** The part of all places that one address (IPv6: one /64) may take: four strangers, not one, fill the directory. */
  shareOfPlaces: 1 / 4,
  /** The least share of one address, whatever the number of places: an office, or a class, behind one router. */
  shareMin: 32,
} as const;

/** A client in the directory. */
export interface Guest {
  readonly address: string;
  /** Whether it has a name. */
  readonly registered: boolean;
  /** Milliseconds since it last said something. */
  readonly silentMs: number;
}

/** Whether a newcomer comes in, and instead of whom; `reason` is for the newcomer. */
export type Verdict<Member> =
  | { readonly kind: 'enters'; readonly instead: Member | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

/** The guests of a directory. */
export class Admission<Member extends Guest> {
  readonly #places: number;
  readonly #share: number;
  /** In the order in which they came. */
  readonly #guests = new Set<Member>();
  readonly #byAddress = new AddressCounts();

  /** `limits` are set by tests. */
  constructor(places: number, { shareOfPlaces, shareMin }: AdmissionLimits = admissionLimits) {
    this.#places = places;
    this.#share = Math.min(places, Math.max(shareMin, Math.floor(places * shareOfPlaces)));
  }

  /** The guests in the order in which they came. They may leave meanwhile. */
  get guests(): ReadonlySet<Member> {
    return this.#guests;
  }

  /** Decides on a newcomer from `address`. Nothing changes before `enter` and `leave` are called. */
  judge(address: string): Verdict<Member> {
    const atShare = this.#byAddress.of(address) >= this.#share;
    if (!atShare && this.#guests.size < this.#places) return { kind: 'enters', instead: undefined };
    const owner = addressOwner(address);
    const instead = this.#mostUseless((guest) => !atShare || addressOwner(guest.address) === owner);
    if (instead !== undefined) return { kind: 'enters', instead };
    return { kind: 'refused', reason: atShare && this.#share < this.#places ? this.#ofShare(owner) : tooMany };
  }

  enter(guest: Member): void {
    this.#guests.add(guest);
    this.#byAddress.add(guest.address);
  }

  leave(guest: Member): void {
    if (this.#guests.delete(guest)) this.#byAddress.remove(guest.address);
  }

  /** The guest without a name that has been silent longest; of several, one of the address with the most. */
  #mostUseless(isMeant: (guest: Member) => boolean): Member | undefined {
    let worst: { readonly guest: Member; readonly ofAddress: number } | undefined;
    for (const guest of this.#guests) {
      if (guest.registered || guest.silentMs < (worst?.guest.silentMs ?? 0) || !isMeant(guest)) continue;
      const ofAddress = this.#byAddress.of(guest.address);
      if (worst !== undefined && guest.silentMs === worst.guest.silentMs && ofAddress <= worst.ofAddress) continue;
      worst = { guest, ofAddress };
    }
    return worst?.guest;
  }

  #ofShare(owner: string): string {
    return `${owner} has ${this.#share} connections, the most for one address; close one of them`;
  }
}

/** The limits, of which tests set others. */
export type AdmissionLimits = { readonly [Name in keyof typeof admissionLimits]: number };

const tooMany = 'there are too many connections';
