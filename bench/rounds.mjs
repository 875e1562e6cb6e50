/** The middle of the figures; of an even number the mean of the two in the middle. */
export function median(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs every contender once a round, each round starting with another one, and returns the median of each: what the
 * machine does meanwhile meets all of them alike. A measure may give several figures, by name.
 */
export async function interleaved(contenders, measure, { rounds, warmUps = 1 }) {
  const names = Object.keys(contenders);
  const figures = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      // There and back again in turn: otherwise each would always pay for the garbage of the same one before it.
      const place = round % 2 === 0 ? turn : names.length - 1 - turn;
      const name = names[(place + round + warmUps) % names.length];
      const figure = await measure(contenders[name], name);
      if (round >= 0) figures[name].push(figure);
    }
  }
  return Object.fromEntries(names.map((name) => [name, middleOf(figures[name])]));
}

function middleOf(figures) {
  if (typeof figures[0] === 'number') return median(figures);
  const names = Object.keys(figures[0]);
  return Object.fromEntries(names.map((name) => [name, median(figures.map((one) => one[name]))]));
}
