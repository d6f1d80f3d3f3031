import { testShortSeeds } from './short-seeds.ts';

testShortSeeds(1);
