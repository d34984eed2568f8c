/** Everything that a store can be asked, and what it answers, by kind. */
import type { HistoryAnswers, HistoryRequest } from '../history/store-queries.js';
import type { QuarantineAnswers, QuarantineRequest } from './quarantine-requests.js';

export type StoreRequest = HistoryRequest | QuarantineRequest;
export type StoreAnswers = HistoryAnswers & QuarantineAnswers;
export type StoreAnswer = StoreAnswers[keyof StoreAnswers];
