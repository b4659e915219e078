import { readXml } from './xml';

/** The parts of an Office file. */
export class OfficeParts {
  constructor(private readonly files: Readonly<Record<string, Uint8Array>>) {}

  get(path: string): Uint8Array | undefined {
    return this.files[path];
  }

  /** The relationships of a part: the path of each part it refers to, with its id and type. */
  relations(path: string): { id: string; type: string; path: string }[] {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, slash + 1);
    const found: { id: string; type: string; path: string }[] = [];
    readXml(this.get(`${folder}_rels/${path.slice(slash + 1)}.rels`), {
      open(name, attributes) {
        const { Id, Type = '', Target } = attributes;
        if (name !== 'Relationship' || !Id || !Target) return;
        const target = new URL(Target, `file:///${folder}`).pathname.slice(1);
        found.push({ id: Id, type: Type.slice(Type.lastIndexOf('/') + 1), path: target });
      },
    });
    return found;
  }

  /** The parts that elements of this name refer to by relationship id, in document order. */
  listed(path: string, element: string): { path: string; attributes: Record<string, string> }[] {
    const relations = new Map(this.relations(path).map((relation) => [relation.id, relation.path]));
    const found: { path: string; attributes: Record<string, string> }[] = [];
    readXml(this.get(path), {
      open(name, attributes) {
        const id = name === element && Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1];
        const target = id && relations.get(id);
        if (target) found.push({ path: target, attributes });
      },
    });
    return found;
  }
}
