/** The readiness headline and the nine dimensions as a small picture. */
import * as React from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Dimension, DimensionScore, Scores } from '../protocol.gen';
import { dimension } from './words';

interface IProps {
  scores: Scores;
  selected: Dimension | null;
  select(dimension: Dimension | null): void;
  trans: TranslationBundle;
}

export function Score({ scores, selected, select, trans }: IProps): React.JSX.Element {
  const [pointed, point] = React.useState<Dimension | null>(null);
  const named = scores.dimensions.find(item => item.dimension === (pointed ?? selected));
  return (
    <div className="nbprod-Score">
      <h2>{trans.__('Production readiness')}</h2>
      <div className="nbprod-Score-headline">
        <span className={`nbprod-Score-level nbprod-level-${scores.level ?? 'none'}`}>{scores.level ?? '–'}</span>
        <span className="nbprod-Score-number">
          {scores.headline === null ? trans.__('not assessed') : trans.__('%1 of 100', scores.headline)}
        </span>
        <span className="nbprod-Score-reason">
          <span className={named ? 'nbprod-mod-hidden' : ''}>{reason(scores, trans)}</span>
          {named && <span>{describe(named, trans)}</span>}
        </span>
      </div>
      <ul className="nbprod-Score-bars">
        {scores.dimensions.map(item => (
          <Bar
            key={item.dimension}
            item={item}
            isSelected={item.dimension === selected}
            select={() => select(item.dimension === selected ? null : item.dimension)}
            point={isPointed => point(isPointed ? item.dimension : null)}
            trans={trans}
          />
        ))}
      </ul>
    </div>
  );
}

interface IBarProps {
  item: DimensionScore;
  isSelected: boolean;
  select(): void;
  /** The mouse or the focus came, or went. */
  point(isPointed: boolean): void;
  trans: TranslationBundle;
}

function Bar({ item, isSelected, select, point, trans }: IBarProps): React.JSX.Element {
  const label = describe(item, trans);
  const height = item.score === null ? 0 : Math.max(item.score, 4);
  return (
    <li>
      <button
        type="button"
        className={`nbprod-Bar${isSelected ? ' nbprod-mod-selected' : ''}`}
        aria-pressed={isSelected}
        aria-label={label}
        title={trans.__('%1. Click to see only its findings.', label)}
        onClick={select}
        onMouseEnter={() => point(true)}
        onMouseLeave={() => point(false)}
        onFocus={() => point(true)}
        onBlur={() => point(false)}
      >
        <span className="nbprod-Bar-track" aria-hidden="true">
          <span className={`nbprod-Bar-fill ${fill(item.score)}`} style={{ height: `${height}%` }} />
        </span>
        <span className="nbprod-Bar-score" aria-hidden="true">
          {item.score ?? '–'}
        </span>
      </button>
    </li>
  );
}

/** The analyser's own words, with the name of the dimension that the bars have. */
function reason({ reason: text, cappedBy }: Scores, trans: TranslationBundle): string {
  return cappedBy ? text.replace(cappedBy, dimension(cappedBy, trans)) : text;
}

function describe(item: DimensionScore, trans: TranslationBundle): string {
  const name = dimension(item.dimension, trans);
  return item.score === null
    ? trans.__('%1: not assessed', name)
    : trans._n('%2: %3 of 100, %1 finding', '%2: %3 of 100, %1 findings', item.findings, name, item.score);
}

function fill(score: number | null): string {
  return score === null ? '' : score >= 75 ? 'nbprod-good' : score >= 50 ? 'nbprod-fair' : 'nbprod-poor';
}
