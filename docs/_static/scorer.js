/* What a search shows first: where one begins, then the guide; how the library is built comes last.

Sphinx scores a page by where a word stands, 15 in a heading and 5 in the text, and an object by its name, 16 for
the whole of it. Without more, half-page decisions are as good as the page on choosing a sampler. */
"use strict";

const PLACES = [
  [/^(start|choosing|good_to_know)$/, 9],
  [/^(guide|gallery)\//, 4],
  [/^(develop|fidelity)\/|^(benchmarks|changelog|cite)$/, -12],
  [/^api\//, -4],
];

var Scorer = {
  score: ([docname, title, anchor, descr, score, filename, kind]) => {
    const place = PLACES.find(([pattern]) => pattern.test(docname));
    return kind === "object" || !place ? score : score + place[1];
  },

  // the rest is Sphinx's own
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
