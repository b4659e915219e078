import type { Workbench } from '../workbench';

/** Resizes the side bar to a width in pixels by dragging its border. */
export async function widenSideBar({ page }: Workbench, width: number): Promise<void> {
  const box = await page.locator('.part.sidebar').boundingBox();
  if (!box) throw new Error('There is no side bar.');
  await page.mouse.move(box.x + box.width, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + width, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  await page.mouse.move(900, 700);
  // Wait until the border's highlight has faded.
  await page.waitForTimeout(1_000);
}
