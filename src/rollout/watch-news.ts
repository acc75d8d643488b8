import type { WatchNews } from './health.js';
import { cutReason } from './outcome.js';

export const NO_NEWS: WatchNews = { unhealthy: [], blind: [], recovered: [], observer: false };

/**
 * Adds what one round has found. An instance that was lost and found again meanwhile, or the other way round, is no news:
 * whoever is told knows only of the time before.
 */
export function addNews(news: WatchNews, found: WatchNews): WatchNews {
  const blind = [...without(news.blind, found.recovered), ...without(found.blind, news.recovered)];
  const recovered = [...without(news.recovered, found.blind), ...without(found.recovered, news.blind)];
  const { observer, blindReason } = found.blind.length > 0 ? found : news;
  return {
    unhealthy: [...news.unhealthy, ...found.unhealthy.map(({ id, reason }) => ({ id, reason: cutReason(reason) }))],
    blind,
    recovered,
    observer: blind.length > 0 && observer,
    ...(blind.length > 0 && blindReason !== undefined && { blindReason: cutReason(blindReason) }),
  };
}

function without(ids: readonly string[], others: readonly string[]): string[] {
  const out = new Set(others);
  return ids.filter((id) => !out.has(id));
}
