/** The user's settings, with the defaults of the schema for a front end that has none. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import type { Profile, Severity } from './protocol.gen';

export type KernelAnalysis = 'afterFirstRun' | 'onDemand' | 'never';

export class Settings {
  readonly changed = new Signal<this, void>(this);

  live = true;
  delay = 700;
  profile: Profile = 'explore';
  minimumSeverity: Severity = 'info';
  kernelAnalysis: KernelAnalysis = 'afterFirstRun';
  underline = true;
  gutter = false;

  follow(settings: ISettingRegistry.ISettings): void {
    const read = () => {
      const composite = settings.composite as Partial<Settings>;
      this.live = composite.live ?? this.live;
      this.delay = composite.delay ?? this.delay;
      this.profile = composite.profile ?? this.profile;
      this.minimumSeverity = composite.minimumSeverity ?? this.minimumSeverity;
      this.kernelAnalysis = composite.kernelAnalysis ?? this.kernelAnalysis;
      this.underline = composite.underline ?? this.underline;
      this.gutter = composite.gutter ?? this.gutter;
      this.changed.emit();
    };
    read();
    settings.changed.connect(read);
  }
}
