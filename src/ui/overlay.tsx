import { type ReactNode, useRef } from 'react';
import {
  Dialog as AriaDialog,
  Tabs as AriaTabs,
  Heading,
  Modal,
  ModalOverlay,
  Tab,
  TabList,
  TabPanel,
} from 'react-aria-components';
import { cx } from './cx.ts';
import css from './kit.module.css';

interface DialogProps {
  readonly title: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/**
 * Takes the keyboard back into a dialog whose focused control went away, as when a form gives way to its result.
 *
 * Browsers move the focus to the page then, where neither Escape nor Tab reach the dialog.
 */
function keepFocus(dialog: HTMLElement | null): (() => void) | undefined {
  if (dialog === null) return undefined;
  const observer = new MutationObserver(() => {
    if (document.activeElement === null || document.activeElement === document.body) dialog.focus();
  });
  observer.observe(dialog, { childList: true, subtree: true });
  return () => observer.disconnect();
}

/** A dialog that Escape and a press outside close; the focus goes back to what opened it. */
export function Dialog({ title, open, onClose, children }: DialogProps) {
  return (
    <ModalOverlay className={cx(css.overlay)} isOpen={open} onOpenChange={(next) => !next && onClose()} isDismissable>
      <Modal className={cx(css.modal)}>
        <AriaDialog ref={keepFocus} className={cx(css.dialog)}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly { readonly id: string; readonly title: string; readonly body: () => ReactNode }[];
  /** Which one is shown, where the screen has a say in it. */
  readonly shown?: string;
  readonly onShow?: (id: string) => void;
}

export function Tabs({ label, tabs, shown, onShow }: TabsProps) {
  const list = useRef<HTMLDivElement>(null);
  return (
    <AriaTabs
      className={cx(css.tabs)}
      {...(shown === undefined ? {} : { selectedKey: shown })}
      onSelectionChange={(key) => {
        onShow?.(String(key));
        // On a phone the row of tabs scrolls: the chosen one is shown whole.
        const chosen = list.current?.querySelector(`[data-key="${CSS.escape(String(key))}"]`);
        chosen?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      }}
    >
      <TabList ref={list} aria-label={label} className={cx(css.tabList)}>
        {tabs.map(({ id, title }) => (
          <Tab key={id} id={id} className={cx(css.tab)}>
            {title}
          </Tab>
        ))}
      </TabList>
      {tabs.map(({ id, body }) => (
        <TabPanel key={id} id={id} className={cx(css.tabPanel)}>
          {body()}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}
