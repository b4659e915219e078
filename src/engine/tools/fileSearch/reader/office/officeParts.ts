import { readXml } from '../xml';
import { partPath, ZipParts } from '../zip';

export interface Relation {
  id: string;
  /** The last segment of its type. */
  type: string;
  /** The path of the part it refers to; the address, if it is external. */
  path: string;
  external: boolean;
}

/** The parts of an Office file. */
export class OfficeParts extends ZipParts {
  /** The relationships of a part; those of the file itself for an empty path. */
  relations(path: string): Relation[] {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, slash + 1);
    const found: Relation[] = [];
    readXml(this.get(`${folder}_rels/${path.slice(slash + 1)}.rels`), {
      open(name, attributes) {
        const { Id, Type = '', Target, TargetMode } = attributes;
        if (name !== 'Relationship' || !Id || !Target) return;
        const external = TargetMode === 'External';
        const target = external ? Target : partPath(Target, folder);
        if (target === undefined) return;
        found.push({ id: Id, type: Type.slice(Type.lastIndexOf('/') + 1), path: target, external });
      },
    });
    return found;
  }

  /** The parts that a part refers to by relationships of this type. */
  related(path: string, type: string): string[] {
    const paths = this.relations(path).filter((relation) => relation.type === type && !relation.external);
    return [...new Set(paths.map((relation) => relation.path))];
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
