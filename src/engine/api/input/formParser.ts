// Imported by `import()`: of a package in CommonJS, a bundle would have the default export alone.
export { Busboy } from '@fastify/busboy';
